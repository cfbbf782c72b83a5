"""Pages are tested without collected static files."""

import pytest


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture(autouse=True)
def empty_cache():
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def signed_in(client):
    """Signs an account in, past the password."""

    def sign_in(account):
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
