-- One transfer in one statement: the coin changes hands, the chain of each side gets a row, and both heads move on.
\set coin random(0, 99999)
\set recipient random(0, 999)
WITH before AS (
    SELECT token_id, holder FROM plain_coin WHERE token_id = 'ZT-zeq07000000001-2294640396-' || lpad(to_hex(:coin::int), 16, '0')
), moved AS (
    UPDATE plain_coin c SET holder = 'ZEQ07' || lpad((:recipient::int)::text, 9, '0'), spend_seq = c.spend_seq + 1
    FROM before WHERE c.token_id = before.token_id AND c.holder = before.holder
    RETURNING c.token_id, c.spend_seq, before.holder AS sender, c.holder AS recipient
), heads AS (
    UPDATE plain_head h SET seq = h.seq + 1, state_hash = sha256(h.state_hash || int8send(h.seq))
    FROM moved WHERE h.slug IN (lower(moved.sender), lower(moved.recipient))
    RETURNING h.slug, h.seq, h.state_hash, moved.token_id, moved.spend_seq, moved.sender, moved.recipient
)
INSERT INTO plain_row
SELECT slug, seq, 2294640396, 'transfer', gen_random_uuid(), sha256(state_hash), state_hash, state_hash,
    '{"from":"' || sender || '","spend_seq":' || spend_seq || ',"to":"' || recipient || '","token_id":"' || token_id || '"}'
FROM heads;
