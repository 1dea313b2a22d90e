"""The authorization server: client credentials in, signed access tokens out."""
