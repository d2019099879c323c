"""Pages about people and their logins."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from connections.views.signing import SignIn

urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
]
