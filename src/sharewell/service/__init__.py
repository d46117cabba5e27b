"""The service: a Django project over the flows. Apps by who uses them."""
