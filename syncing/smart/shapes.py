"""What is said of a smart sync, key for key: the keys that scripts of the view counter know, and some more."""

from typing import Any

from rest_framework import serializers

from connections.api.bodies import moment
from syncing.smart.results import State


class ProjectResult(serializers.Serializer[Any]):
    """success: null while it runs. updated_count: accounts whose numbers have changed. snapshot_count: accounts that
    had no snapshot of this day yet. error: why a side could not be read. conflicts: questions that wait for a
    person."""

    success = serializers.BooleanField(allow_null=True)
    status = serializers.ChoiceField(list(State), source="state")
    error = serializers.CharField(allow_blank=True)
    project_id = serializers.UUIDField()
    project_name = serializers.CharField()
    total_accounts = serializers.IntegerField()
    updated_count = serializers.IntegerField()
    snapshot_count = serializers.IntegerField()
    conflicts = serializers.IntegerField()
    last_sync = moment(allow_null=True)
    next_due = moment(allow_null=True)
    timestamp = moment()


class Report(serializers.Serializer[Any]):
    """success: the sync was begun. success_count, error_count: projects that have ended; the others run."""

    success = serializers.BooleanField()
    total_projects = serializers.IntegerField()
    success_count = serializers.IntegerField()
    error_count = serializers.IntegerField()
    running_count = serializers.IntegerField()
    results = ProjectResult(many=True)
    timestamp = moment()
