"""Why a bet does not stand, each with its code. Those about limits are in `risk.rules`."""

from core.errors import BadRequest, Forbidden, Rejected


class PartnerSuspended(Forbidden):
    code = "PARTNER_SUSPENDED"
    message = "The partner is suspended and takes no bets at present."


class NotRouted(Rejected):
    code = "NOT_ROUTED"
    message = "The player's traffic is not routed to the platform yet: the partner's ramp has not reached it."


class PlayerSuspended(Forbidden):
    code = "PLAYER_SUSPENDED"
    message = "The player is suspended and cannot bet at present."


class LegsOutOfRange(BadRequest):
    code = "LEGS_OUT_OF_RANGE"
    message = "A bet has from 1 to 20 legs."


class SystemNotAvailable(Rejected):
    code = "SYSTEM_NOT_AVAILABLE"
    message = "System bets are not available yet; place singles or a multiple."


class BankerNotAvailable(Rejected):
    code = "BANKER_NOT_AVAILABLE"
    message = "Bankers are not available yet; they belong to system bets."


class CurrencyMismatch(Rejected):
    code = "CURRENCY_MISMATCH"
    message = "The bet is in another currency than the player's wallet."


class StakeBelowMinimum(Rejected):
    code = "STAKE_BELOW_MINIMUM"
    message = "The stake is below the smallest amount of the currency."


class LegsRelated(Rejected):
    code = "LEGS_RELATED"
    message = "Two legs of one bet cannot be on the same fixture."


class ProductDisabled(Rejected):
    code = "PRODUCT_DISABLED"
    message = "The partner does not offer this product."


class FixtureStarted(Rejected):
    code = "FIXTURE_STARTED"
    message = "The fixture has started."


class MarketSuspended(Rejected):
    code = "MARKET_SUSPENDED"
    message = "The market takes no bets at present."


class OddsChanged(Rejected):
    code = "ODDS_CHANGED"
    message = "The odds have changed since the player saw them."


class DuplicateBet(Rejected):
    code = "DUPLICATE_BET"
    message = "The player placed the same bet a moment ago; set allowDuplicate if it is meant."


class InsufficientFunds(Rejected):
    code = "INSUFFICIENT_FUNDS"
    message = "The stake is more than the player has available."
