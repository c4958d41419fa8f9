-- Whom a private message is for where its person has several accounts on the platform: the one that asked.
alter table message add column private_account text;

-- An approver may change arguments while approving, where the policy says which: that button has a token of its own.
alter table button drop constraint button_decision_check;
alter table button add constraint button_decision_check check (decision in ('approve', 'deny', 'change'));
