"""Who: accounts, their postings (role and place), devices of sampling units, links for walls."""
