"""What benches and drills share: a district, request bodies, clients, and the checker."""
