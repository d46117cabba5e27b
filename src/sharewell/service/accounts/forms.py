"""The forms of people."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

from sharewell.service.accounts.granting import Wanted
from sharewell.service.accounts.models import Grant, Organisation, Team, User
from sharewell.service.accounts.roles import CHOICES
from sharewell.service.forms import DateField


class LoginForm(AllauthLoginForm):
    """Signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Email address"
        self.fields["password"].help_text = ""
        self.fields.pop("remember", None)


class NameField(forms.CharField):
    """What somebody or something is called: one line, whatever white space came in."""

    def to_python(self, value: Any) -> str:
        """The name on one line."""
        return " ".join(str(super().to_python(value)).split())


class JoinForm(forms.Form):
    """Who was invited says how they are called and chooses a password, once: it can be shown."""

    name = NameField(
        label="Your name",
        max_length=150,
        widget=forms.TextInput({"autocomplete": "name"}),
        error_messages={"required": "Enter your name."},
    )
    password = forms.CharField(
        label="A password",
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        error_messages={"required": "Enter a password."},
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        rules = password_validation.password_validators_help_texts()
        self.fields["password"].help_text = " ".join(map(str, rules))

    def clean_password(self) -> str:
        """The password, if it keeps every rule."""
        password: str = self.cleaned_data["password"]
        about = User(email=self.email, name=self.cleaned_data.get("name", ""))
        password_validation.validate_password(password, about)
        return password


class AboutMeForm(forms.ModelForm):
    """What a person changes about themselves here; the email address has a page of its own."""

    class Meta:
        model = User
        fields = ("name", "wants_email")
        field_classes = {"name": NameField}  # noqa: RUF012 - Django's form
        help_texts = {  # noqa: RUF012 - Django's form
            "wants_email": "Notices about your password, sign-ins and roles are always sent."
        }


class RoleFields(forms.Form):
    """A role and its limits."""

    role = forms.ChoiceField(
        choices=[("", "Choose a role"), *CHOICES], error_messages={"required": "Choose a role."}
    )
    agreement = forms.CharField(
        label="Only for one agreement",
        required=False,
        max_length=60,
        help_text="Its reference, such as DARS-NIC-612092-M8V7Z.",
    )
    area = forms.CharField(
        label="Only for one area", required=False, max_length=100, help_text="Its code or name."
    )
    ends = DateField(label="Last day", required=False)

    def clean_agreement(self) -> str:
        """A reference that somebody here has: a role for a mistyped one would open nothing."""
        # agreements ask who people are, so they are loaded after people
        from sharewell.service.agreements.interface import is_known

        given = str(self.cleaned_data["agreement"])
        if given and not is_known(given):
            raise ValidationError(
                f"No agreement or draft here is called {given}. Copy the reference from its page."
            )
        return given

    def wanted(self, organisation: Organisation | None) -> Wanted | None:
        """The role asked for, or None."""
        given = self.cleaned_data
        if not given["role"]:
            return None
        return Wanted(
            given["role"],
            organisation,
            given["agreement"],
            given["area"],
            starts=given.get("starts"),
            ends=given["ends"],
            purpose=given.get("purpose") or Grant.Purpose.ACT,
        )


class GiveForm(RoleFields):
    """Giving a role to somebody who has an account."""

    purpose = forms.ChoiceField(
        label="They may use the role",
        choices=Grant.Purpose.choices,
        initial=Grant.Purpose.ACT,
        widget=forms.RadioSelect,
    )
    everywhere = forms.BooleanField(
        label="In every organisation, not only their own", required=False
    )
    starts = DateField(label="First day", required=False, help_text="Today, if you leave it out.")
    field_order = ("role", "purpose", "everywhere", "agreement", "area", "starts", "ends")


class PlaceFields(forms.Form):
    """An organisation among those that the administrator looks after, and a team of it."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), error_messages={"required": "Choose an organisation."}
    )
    team = forms.CharField(required=False, max_length=100, help_text="Made if there is none yet.")

    def __init__(self, *args: Any, organisations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations

    def place(self) -> tuple[Organisation, Team | None]:
        """The organisation and team, which is made if need be."""
        organisation: Organisation = self.cleaned_data["organisation"]
        name = self.cleaned_data["team"].strip()
        if not name:
            return organisation, None
        return organisation, Team.objects.get_or_create(organisation=organisation, name=name)[0]


class InviteForm(PlaceFields, RoleFields):
    """Inviting somebody, with a role from the day on which they join."""

    email = forms.EmailField(
        label="Email address", error_messages={"required": "Enter their email address."}
    )
    name = NameField(max_length=150, error_messages={"required": "Enter their name."})
    field_order = ("email", "name", "organisation", "team", "role", "agreement", "area", "ends")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", "None for now"), *CHOICES]
        self.fields["role"].required = False

    def clean_email(self) -> str:
        """In lower case, as addresses are kept."""
        return str(self.cleaned_data["email"]).lower()


class OrganisationForm(forms.ModelForm):
    """An organisation."""

    class Meta:
        model = Organisation
        fields = ("name", "short", "kind", "area")
        field_classes = {"name": NameField, "short": NameField}  # noqa: RUF012 - Django's form


class ConfirmForm(forms.Form):
    """Yes, do it."""

    sure = forms.BooleanField(
        label="I understand that this cannot be undone",
        error_messages={"required": "Tick the box to go on."},
    )


def refuse(form: forms.Form, error: Exception) -> None:
    """Says on the form why an action was stopped."""
    form.add_error(None, ValidationError(str(error)))
