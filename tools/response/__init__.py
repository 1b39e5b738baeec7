"""Response: click and conversion rates from impressions, past campaigns, or stated assumptions."""
