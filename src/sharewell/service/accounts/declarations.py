"""Who may see the pages of sign-in, which are the library's."""

from __future__ import annotations

from sharewell.service.gate import declare, public, signed_in


def declare_sign_in() -> None:
    """Declares each by its name; the library asks for the password again by itself."""
    declare(
        public,
        "account_login",
        "account_logout",
        "account_inactive",
        "account_signup",
        "account_confirm_email",
        "account_email_verification_sent",
        "account_confirm_login_code",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "mfa_authenticate",
    )
    declare(
        signed_in,
        "account_email",
        "account_change_password",
        "account_set_password",
        "account_reauthenticate",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn",
        "mfa_edit_webauthn",
        before_second_factor=True,
    )
    declare(signed_in, "usersessions_list", before_second_factor=True, fresh=True)
