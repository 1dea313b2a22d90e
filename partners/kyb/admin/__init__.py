"""A partner's business in the office: directors, screenings, account, review, contract on players' data."""
