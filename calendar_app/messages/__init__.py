"""The words of notices and mails, made in the reader's language when they are read or sent.

Every message names the post by its internal title and its mission, says when, and gives one next step with its
address. The text of a post is never in it: mail leaves the house. One file for each family of kinds; `letters.py` makes
mails of them.
"""

from calendar_app.messages.kinds import notice, told
from calendar_app.messages.letters import Mail, mail
from calendar_app.messages.words import MAX_LISTED, MAX_SUBJECT, Data, Notice, Section, one_line, when

__all__ = [
    "MAX_LISTED",
    "MAX_SUBJECT",
    "Data",
    "Mail",
    "Notice",
    "Section",
    "mail",
    "notice",
    "one_line",
    "told",
    "when",
]
