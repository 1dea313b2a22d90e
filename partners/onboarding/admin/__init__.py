"""A partner's company, people and certification in the office: the forms behind the partner's page."""
