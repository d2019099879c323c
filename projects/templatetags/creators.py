"""How pages of creators name things."""

from django import template

from projects.creators.profiles import NAMES

register = template.Library()


@register.filter
def platform_name(platform: str) -> str:
    return NAMES.get(platform, platform.capitalize())
