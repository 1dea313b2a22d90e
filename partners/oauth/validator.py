"""What the OAuth library asks us: is this the client, which scopes may it have, where is its token kept.

Tokens are kept nowhere: they prove themselves. The library's own table of tokens and column of secrets stay
unused.
"""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator

from core import clock
from partners.oauth.credentials import InvalidClient, authenticate, read_credentials


class ClientValidator(OAuth2Validator):  # type: ignore[misc]
    """Authenticates by `ClientSecret` alone, and gives a client no scope that is not its own."""

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Return whether the request's credentials are right, and set `request.client`."""
        form = {"client_id": request.client_id or "", "client_secret": request.client_secret or ""}
        try:
            credentials = read_credentials(authorization=request.headers.get("Authorization", ""), form=form)
            request.client = authenticate(credentials, at=clock.now())
        except InvalidClient:
            return False
        return True

    def authenticate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """No client may come without proof."""
        return False

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        return True

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Whether all scopes asked for are the client's."""
        return set(scopes) <= set(client.scopes)

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """Return what a client gets that asks for nothing in particular: all it has."""
        return list(request.client.scopes)

    def save_bearer_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        """Nothing is kept."""
