-- The newest run of a conversation is asked for with every message that nothing else answers, also when it has ended.
create index actor_conversation on actor (tenant_id, conversation_id, id) where machine = 'plan';
