"""The main tasks of the pages' users, and the clicks that each may cost from the page that its user starts on."""

CLICKS = {
    "can we work, whose fault, what next": 0,
    "why was an entry late": 2,
    "the explanation letter as PDF": 3,
    "bring in a ledger file": 3,
    "what is still to be posted": 1,
    "write down what was tried": 2,
    "a partner office to work from": 2,
    "whom to follow up first, and the letter": 2,
    "a code for a new PC": 3,
    "is it the site": 0,
    "an outage and what rests on it": 1,
    "advice for a symptom": 3,
    "check a letter": 1,
    "receive messages": 2,
}
