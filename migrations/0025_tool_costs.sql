-- Calls of tools that cost money stand beside those to models, and are held back, charged and shown in the same way.
alter table model_call add column kind text not null default 'model' check (kind in ('model', 'tool'));
