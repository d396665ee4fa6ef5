"""Why a photo was not kept, as a sentence."""

from __future__ import annotations

from conversations.text import Text


def refusal(code: str) -> Text:
    """Return what to tell for a code of `Media.refusal`; each says what to do next."""
    match code:
        case "too_large":
            return Text(
                "This photo is too large. Please send it as an ordinary photo, not as a file."
            )
        case "gone":
            return Text("This photo is no longer there. Please send it once more.")
        case "unreachable":
            return Text("The photo could not be fetched just now. Please send it once more.")
        case "not_kept":
            return Text("We could not keep the photo just now. Please send it again later.")
        case "too_many_pixels":
            return Text(
                "This picture has too many dots for us. Please take it again with the phone's camera."
            )
        case "too_small":
            return Text("This picture is too small to see anything. Please take a new photo.")
        case "empty":
            return Text("The file is empty. Please send the photo once more.")
        case "not_an_image":
            return Text("This file is not a photo. Please take a photo with the phone and send it.")
        case _:
            return Text("This photo cannot be opened. Please take it again and send it once more.")
