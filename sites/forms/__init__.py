"""Forms of the sites: shape and kind words; the rules are in the services."""

from sites.forms.decisions import DecisionForm

__all__ = ["DecisionForm"]
