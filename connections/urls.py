"""Pages about people and their logins."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from connections.views import connect, oauth
from connections.views.edit import edit
from connections.views.mail import mail
from connections.views.reconnect import reconnect
from connections.views.signing import SignIn

urlpatterns = [
    path("connections/new/", connect.new, name="connect"),
    path("connections/new/<uuid:draft_id>/accounts/", connect.pick, name="connect_accounts"),
    path("connections/new/<uuid:draft_id>/checks/", connect.confirm, name="connect_checks"),
    path("connections/oauth/<slug:provider>/begin/", oauth.begin, name="oauth_begin"),
    path("connections/oauth/<slug:provider>/callback", oauth.callback, name="oauth_callback"),
    path("connections/<uuid:connection_id>/reconnect/sign-in/", oauth.begin_reconnect, name="oauth_reconnect"),
    path("connections/<uuid:connection_id>/reconnect/", reconnect, name="reconnect"),
    path("connections/<uuid:connection_id>/edit/", edit, name="connection_edit"),
    path("account/mail/", mail, name="mail"),
    path("sign-in/", SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
]
