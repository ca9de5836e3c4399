"""Tools for accounts: signing in, registering, passwords."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from windward.evals.tooluse.apibank.world import ToolError, World

_FORGOTTEN, _CODE = "Forgot Password", "Verification Code"


@dataclass(frozen=True)
class Accounts:
    """Users, their passwords, and the tokens that stand for them."""

    world: World

    def get_user_token(self, username: str, password: str) -> dict[str, str]:
        """Sign a user in: the token that other tools ask for.

        Args:
            username: Name of the user.
            password: Password of the user.

        Returns:
            `token`: the user's token.
        """
        account = self._account(username)
        if account["password"] != password:
            raise ToolError("the password is wrong")
        return {"token": account["token"]}

    def register_user(self, username: str, password: str, email: str) -> dict[str, str]:
        """Open an account for a new user.

        Args:
            username: Name of the user, not taken so far.
            password: Password of the user.
            email: Email address of the user.

        Returns:
            `token`: the new user's token.
        """
        accounts = self.world.table("Account")
        if username in accounts:
            raise ToolError("the username is taken")
        token = self.world.issue(hashlib.sha256(f"{len(accounts)} {username}".encode()).hexdigest()[:32])
        accounts[username] = {"password": password, "token": token, "email": email}
        return {"token": token}

    def delete_account(self, token: str) -> dict[str, str]:
        """Delete a user's account.

        Args:
            token: Token of the user.

        Returns:
            `status`: success.
        """
        del self.world.table("Account")[self.world.user(token)]
        return {"status": "success"}

    def modify_password(self, token: str, old_password: str, new_password: str) -> dict[str, str]:
        """Change a user's password, given the present one.

        Args:
            token: Token of the user.
            old_password: The password until now.
            new_password: The password from now on.

        Returns:
            `status`: success.
        """
        account = self._account(self.world.user(token))
        if account["password"] != old_password:
            raise ToolError("the old password is wrong")
        account["password"] = new_password
        return {"status": "success"}

    def forgot_password(
        self,
        status: str,
        username: str = "",
        email: str = "",
        verification_code: int = 0,
        new_password: str = "",
    ) -> int | str:
        """Replace a forgotten password, in two calls: the first sends a code, the second sets the new password.

        Args:
            status: 'Forgot Password' in the first call, 'Verification Code' in the second.
            username: Name of the user; for the first call.
            email: Email address of the user; for the first call.
            verification_code: The code that the first call gave; for the second call.
            new_password: The password from now on; for the second call.

        Returns:
            The code after the first call, success after the second.
        """
        waiting = self.world.table("Verification")
        if status == _FORGOTTEN:
            if self._account(username)["email"] != email:
                raise ToolError("the user has another email address")
            code = self.world.issue(100_000 + len(waiting))
            waiting.clear()
            waiting.update(username=username, code=code)
            return code
        if status != _CODE:
            raise ToolError(f"status is neither {_FORGOTTEN!r} nor {_CODE!r}")
        if not waiting or waiting["code"] != verification_code:
            raise ToolError("the verification code is wrong; ask for one first")
        if username and username != waiting["username"]:
            raise ToolError("the verification code was sent to another user")
        if not new_password:
            raise ToolError("argument new_password is missing")
        self._account(waiting["username"])["password"] = new_password
        waiting.clear()
        return "success"

    def _account(self, username: str) -> dict[str, Any]:
        accounts = self.world.table("Account")
        if username not in accounts:
            raise ToolError("there is no user of that name")
        found: dict[str, Any] = accounts[username]
        return found


def account_tools(world: World) -> dict[str, Callable[..., Any]]:
    """The tools of this theme over a world, by name."""
    of = Accounts(world)
    return {
        "GetUserToken": of.get_user_token,
        "RegisterUser": of.register_user,
        "DeleteAccount": of.delete_account,
        "ModifyPassword": of.modify_password,
        "ForgotPassword": of.forgot_password,
    }
