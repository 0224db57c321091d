"""The shapes of the API's answers, each written once: for the response, for OpenAPI and for the typed client."""
