"""A loaded model becomes an OpenAI-compatible endpoint: engine, HTTP app, Ray Serve deployment.

Never imports load or checks; they meet over HTTP only.
"""
