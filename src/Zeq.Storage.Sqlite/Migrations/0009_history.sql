-- A history is read from the caller's own chain: these two would be two pages more in every transfer.
DROP INDEX moves_by_sender;
DROP INDEX moves_by_recipient;

-- Who minted what, in order of time: written once per coin.
CREATE INDEX tally_tokens_by_minter ON tally_tokens (minted_by, minted_zeqond);
