"""The four services as processes of their own, on real servers, as a deployment runs them."""
