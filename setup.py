"""For scrapyd-deploy alone, which would write one of its own; pyproject.toml has all there is to say."""

from setuptools import setup

setup()
