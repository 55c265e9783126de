"""Reads lists of followed users and feeds as they are, and the works of each artist with the counts of the profile."""

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.pagers.next_url import Pager
from pixiv_crawler.api.pagers.steps import ListingResponse, State, Step
from pixiv_crawler.api.pagers.user_works import UserWorksPager


class FollowedWorksPager(UserWorksPager):
    """Like `UserWorksPager` for listings behind a profile; all others are read without comparing them with anything.

    The state of these has the field `is_plain`.
    """

    def first_state(self, call: ApiCall, before: State) -> State:
        user_id = call.params.get("user_id")
        is_behind_profile = call.entries_key in ("illusts", "novels") and user_id and before.get("user_id") == user_id
        is_of_artist = not call.entries_key or is_behind_profile
        return super().first_state(call, before) if is_of_artist else {"is_plain": True}

    def step(self, listing: ListingResponse, state: State) -> Step:
        return Pager.step(self, listing, state) if state.get("is_plain") else super().step(listing, state)
