-- Where a platform does not say which tokens a card shows, a card drawn anew after a restart gets new ones. Those of its
-- earlier drawings stay good, so that a press on any drawing, or on a copy that was posted twice, reaches the gate.
alter table button drop constraint button_tenant_id_gate_id_decision_message_id_key;
create index button_message on button (message_id);
