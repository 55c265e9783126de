"""Lists who and what is in the simulated Pixiv."""

from collections.abc import Iterator

from .world.bookmarks import PUBLIC
from .world.users import ACCOUNT, User
from .world.world import World

_SITE = "https://www.pixiv.net"


def who(world: World) -> Iterator[str]:
    """One line for each user, with the URL of the profile; then what else can be crawled."""
    for user in world.users():
        yield f"{f'{_SITE}/users/{user.id}':<35} {user.name}: {', '.join(_contents(world, user))}"
    words = ", ".join(
        f"{word} ({keyword.total:,})" for word, keyword in world.generated_users.keywords.by_word.items()
    )
    yield f"Words for a search, with their numbers of works: {words}"
    yield "Rankings, feeds and recommended works of every day since 2008: 720 works a day."


def _contents(world: World, user: User) -> Iterator[str]:
    works, novels = world.works(user.id), world.novels_of(user.id)
    if user.standing.value != "present":
        yield f"{user.standing.value}"
    if user.id == ACCOUNT.id:
        yield "the account that is logged in"
    if works:
        yield f"{len(works):,} works, the newest {_SITE}/artworks/{works[0].id}"
    if hidden := [work for work in works if work.spec.is_hidden]:
        yield f"{len(hidden)} of them hidden from the app"
    if series := user.series:
        yield f"series {', '.join(str(one.id) for one in series)}"
    if novels:
        yield f"{len(novels)} novels"
    if bookmarks := world.bookmarks.of(user.id, PUBLIC):
        yield f"{len(bookmarks)} bookmarks"
    elif user.standing.value == "present" and not works and not novels:
        yield "no works"
