"""Sign in and out."""

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView


class SignInForm(AuthenticationForm):
    """One sentence for every way to fail, so that nobody learns which accounts exist."""

    error_messages = {
        "invalid_login": "That email and password do not belong together. Check both; capital letters count.",
        "inactive": "That email and password do not belong together. Check both; capital letters count.",
    }


class SignIn(LoginView):
    template_name = "connections/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
