"""The signals of this project that extensions can connect to, in addition to Scrapy's."""

failed = object()
"""Something that was requested is missing; sent with `failure: Failure`, and the `item` that lacks it, if any."""

run_opened = object()
"""The run has been started, or its checkpoint has been loaded; nothing has been requested yet."""

run_ending = object()
"""Everything that a run collected is stored, and nothing more will be; sent with the finish `reason`."""
