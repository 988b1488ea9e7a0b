"""How a message reaches a person.

- *message*: a customer notification, a row of the outbox, by email or SMS (`customers/`).
- *message kind*: what an app registers for an *event*: when such a message is true, and what it says.
- *channel*: email or SMS. A *backend* sends on it (SMTP, Twilio, …); the *provider* is the company behind that.
- *verdict*: a *decision* about a message that is about to go out, with its reason.
- *attempt*: one attempt to hand a message to a provider. A later *delivery report* may say how that went on.
- *text reply*: what a customer texts back.
- *app notification*: a row that a staff user sees under the bell (`inapp/`); a *draft* is one before it is sent.
- *staff card*: an app notification that the product itself sends, of a *staff card kind*.
"""
