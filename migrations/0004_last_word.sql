-- Steward's newest message of a thread: a question there is answered by what is written next.
create index message_newest on message (tenant_id, conversation_id, id);
