CREATE TABLE "commands" (
	"key" text PRIMARY KEY NOT NULL,
	"comment" text NOT NULL,
	"line" integer NOT NULL,
	"repository_id" bigint NOT NULL,
	"place" jsonb NOT NULL,
	"actor_id" bigint NOT NULL,
	"actor_login" text NOT NULL,
	"text" text NOT NULL,
	"state" text DEFAULT 'seen' NOT NULL,
	"answer" jsonb,
	"created_at" bigint NOT NULL,
	"decided_at" bigint,
	CONSTRAINT "commands_line" UNIQUE("comment","line"),
	CONSTRAINT "commands_state" CHECK ("commands"."state" in ('seen', 'done', 'refused')),
	CONSTRAINT "commands_decided" CHECK (("commands"."state" = 'seen') = ("commands"."decided_at" is null))
);
--> statement-breakpoint
CREATE TABLE "shown_checks" (
	"id" text PRIMARY KEY NOT NULL,
	"repository_id" bigint NOT NULL,
	"sha" text NOT NULL,
	"name" text NOT NULL,
	"round" integer NOT NULL,
	"content" jsonb NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "shown_checks_round" UNIQUE("repository_id","sha","name","round")
);
--> statement-breakpoint
CREATE TABLE "github_objects" (
	"key" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"repository_id" bigint NOT NULL,
	"github_id" bigint,
	"number" bigint,
	"external_id" text,
	"shown" text,
	"data" jsonb,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "inbox" (
	"guid" text PRIMARY KEY NOT NULL,
	"event" text NOT NULL,
	"payload" text NOT NULL,
	"state" text DEFAULT 'received' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" bigint DEFAULT 0 NOT NULL,
	"claimed_until" bigint,
	"last_error" text,
	"received_at" bigint NOT NULL,
	"done_at" bigint,
	"repository_id" bigint,
	CONSTRAINT "inbox_state" CHECK ("inbox"."state" in ('received', 'working', 'done', 'failed', 'parked'))
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"topic" text NOT NULL,
	"subject" text NOT NULL,
	"payload" jsonb DEFAULT 'null'::jsonb NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"not_before" bigint DEFAULT 0 NOT NULL,
	"claimed_until" bigint,
	"last_error" text,
	"created_at" bigint NOT NULL,
	"done_at" bigint,
	CONSTRAINT "outbox_state" CHECK ("outbox"."state" in ('pending', 'sending', 'done', 'parked'))
);
--> statement-breakpoint
CREATE TABLE "pushes" (
	"repository_id" bigint NOT NULL,
	"branch" text NOT NULL,
	"sha" text NOT NULL,
	"before" text,
	"pusher_id" bigint,
	"checks" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "pushes_repository_id_branch_sha_pk" PRIMARY KEY("repository_id","branch","sha")
);
--> statement-breakpoint
CREATE TABLE "repositories" (
	"id" bigint PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"name" text NOT NULL,
	"installation_id" bigint NOT NULL,
	"suspended" boolean DEFAULT false NOT NULL,
	"private" boolean NOT NULL,
	"default_branch" text,
	"removed_at" bigint,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "job_needs" (
	"job" text NOT NULL,
	"needs" text NOT NULL,
	CONSTRAINT "job_needs_job_needs_pk" PRIMARY KEY("job","needs")
);
--> statement-breakpoint
CREATE TABLE "job_requests" (
	"id" text PRIMARY KEY NOT NULL,
	"seq" bigserial NOT NULL,
	"repository_id" bigint NOT NULL,
	"owner" text NOT NULL,
	"name" text NOT NULL,
	"branch" text NOT NULL,
	"commit" text NOT NULL,
	"backend" text NOT NULL,
	"workspace" text,
	"project" text,
	"requested_by" bigint NOT NULL,
	"requested_by_login" text NOT NULL,
	"actions" jsonb NOT NULL,
	"force" boolean NOT NULL,
	"codelists_ok" boolean NOT NULL,
	"purpose" text NOT NULL,
	"notify" text NOT NULL,
	"origin" jsonb NOT NULL,
	"outcome" text NOT NULL,
	"refusal" jsonb,
	"reused" jsonb NOT NULL,
	"job_count" integer NOT NULL,
	"digest" text NOT NULL,
	"policy_commit" text,
	"created_at" bigint NOT NULL,
	"completed_at" bigint,
	CONSTRAINT "job_requests_id" CHECK ("job_requests"."id" ~ '^[a-z0-9]{16}$'),
	CONSTRAINT "job_requests_outcome" CHECK ("job_requests"."outcome" in ('accepted', 'nothing_to_do', 'refused')),
	CONSTRAINT "job_requests_purpose" CHECK ("job_requests"."purpose" in ('run', 'dummy')),
	CONSTRAINT "job_requests_refusal" CHECK (("job_requests"."outcome" = 'refused') = ("job_requests"."refusal" is not null))
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" text PRIMARY KEY NOT NULL,
	"seq" bigserial NOT NULL,
	"request" text NOT NULL,
	"backend" text NOT NULL,
	"workspace" text NOT NULL,
	"action" text NOT NULL,
	"run" text NOT NULL,
	"image" text,
	"pool" text NOT NULL,
	"weight" double precision NOT NULL,
	"why" text NOT NULL,
	"latest" boolean NOT NULL,
	"state" text NOT NULL,
	"code" text NOT NULL,
	"reason" text,
	"unmet" integer DEFAULT 0 NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"not_before" bigint DEFAULT 0 NOT NULL,
	"created_at" bigint NOT NULL,
	"started_at" bigint,
	"completed_at" bigint,
	"updated_at" bigint NOT NULL,
	"program_started_at" bigint,
	"program_finished_at" bigint,
	"outputs_missing" boolean,
	"outputs_withheld" boolean,
	"exit_code" integer,
	"log_tail" text,
	"cancel_requested_at" bigint,
	"cancelled_by" bigint,
	CONSTRAINT "jobs_id" CHECK ("jobs"."id" ~ '^[a-z0-9]{16}$'),
	CONSTRAINT "jobs_state_code" CHECK (("jobs"."state" = 'pending' and "jobs"."code" in ('created', 'waiting_on_reboot', 'waiting_on_new_task')) or ("jobs"."state" = 'running' and "jobs"."code" in ('initiated', 'preparing', 'prepared', 'executing', 'executed', 'finalizing')) or ("jobs"."state" = 'succeeded' and "jobs"."code" in ('succeeded')) or ("jobs"."state" = 'failed' and "jobs"."code" in ('nonzero_exit', 'unmatched_patterns', 'prepare_failed', 'timed_out', 'job_error', 'internal_error', 'killed_by_admin', 'cancelled_by_user', 'dependency_failed', 'refused_by_zone'))),
	CONSTRAINT "jobs_completed" CHECK (("jobs"."completed_at" is not null) = ("jobs"."state" in ('succeeded', 'failed'))),
	CONSTRAINT "jobs_cancelled_is_not_latest" CHECK (not ("jobs"."latest" and "jobs"."code" = 'cancelled_by_user')),
	CONSTRAINT "jobs_started" CHECK ("jobs"."state" <> 'running' or "jobs"."started_at" is not null),
	CONSTRAINT "jobs_unmet" CHECK ("jobs"."unmet" >= 0),
	CONSTRAINT "jobs_weight" CHECK ("jobs"."weight" > 0)
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"job" text NOT NULL,
	"stops" text,
	"backend" text NOT NULL,
	"agent" text NOT NULL,
	"seq" bigint NOT NULL,
	"state" text NOT NULL,
	"ended" text,
	"last_at" bigint DEFAULT 0 NOT NULL,
	"created_at" bigint NOT NULL,
	"done_at" bigint,
	CONSTRAINT "tasks_seq" UNIQUE("backend","agent","seq"),
	CONSTRAINT "tasks_state" CHECK ("tasks"."state" in ('active', 'done')),
	CONSTRAINT "tasks_type" CHECK ("tasks"."type" in ('run', 'cancel')),
	CONSTRAINT "tasks_stops" CHECK (("tasks"."type" = 'cancel') = ("tasks"."stops" is not null))
);
--> statement-breakpoint
CREATE TABLE "workspace_agents" (
	"backend" text NOT NULL,
	"workspace" text NOT NULL,
	"agent" text NOT NULL,
	"since" bigint NOT NULL,
	CONSTRAINT "workspace_agents_backend_workspace_pk" PRIMARY KEY("backend","workspace")
);
--> statement-breakpoint
CREATE TABLE "workspaces" (
	"name" text PRIMARY KEY NOT NULL,
	"repository_id" bigint NOT NULL,
	"branch" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "workspaces_branch" UNIQUE("repository_id","branch")
);
--> statement-breakpoint
CREATE TABLE "ledger_leaves" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"seq" bigint,
	"type" text NOT NULL,
	"subject" text NOT NULL,
	"entry" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "ledger_leaves_size" CHECK (octet_length("ledger_leaves"."entry") <= 65535)
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"key" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "agents" (
	"backend" text NOT NULL,
	"id" text NOT NULL,
	"last_seen_at" bigint NOT NULL,
	"engine" boolean NOT NULL,
	"version" text,
	"governance" text,
	"running" integer,
	"list_version" bigint DEFAULT 1 NOT NULL,
	"task_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "agents_backend_id_pk" PRIMARY KEY("backend","id")
);
--> statement-breakpoint
CREATE TABLE "backend_state" (
	"backend" text PRIMARY KEY NOT NULL,
	"paused_at" bigint,
	"paused_by" bigint,
	"paused_why" text
);
--> statement-breakpoint
CREATE TABLE "used_tokens" (
	"jti" text PRIMARY KEY NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_request_job_requests_id_fk" FOREIGN KEY ("request") REFERENCES "public"."job_requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "commands_refused" ON "commands" USING btree ("actor_id","decided_at") WHERE "commands"."state" = 'refused';--> statement-breakpoint
CREATE INDEX "github_objects_found" ON "github_objects" USING btree ("repository_id","kind","github_id");--> statement-breakpoint
CREATE INDEX "inbox_open" ON "inbox" USING btree ("next_attempt_at") WHERE "inbox"."state" in ('received', 'working', 'failed');--> statement-breakpoint
CREATE INDEX "inbox_repository_open" ON "inbox" USING btree ("repository_id","received_at") WHERE "inbox"."state" in ('received', 'working', 'failed');--> statement-breakpoint
CREATE UNIQUE INDEX "inbox_one_working" ON "inbox" USING btree ("repository_id") WHERE "inbox"."state" = 'working';--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_one_pending" ON "outbox" USING btree ("topic","subject") WHERE "outbox"."state" = 'pending';--> statement-breakpoint
CREATE INDEX "outbox_open" ON "outbox" USING btree ("not_before","id") WHERE "outbox"."state" in ('pending', 'sending');--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_one_sending" ON "outbox" USING btree ("topic","subject") WHERE "outbox"."state" = 'sending';--> statement-breakpoint
CREATE INDEX "pushes_latest" ON "pushes" USING btree ("repository_id","branch","at");--> statement-breakpoint
CREATE INDEX "pushes_sha" ON "pushes" USING btree ("repository_id","sha");--> statement-breakpoint
CREATE INDEX "repositories_name" ON "repositories" USING btree ("owner","name");--> statement-breakpoint
CREATE INDEX "job_needs_reverse" ON "job_needs" USING btree ("needs");--> statement-breakpoint
CREATE INDEX "job_requests_repository" ON "job_requests" USING btree ("repository_id","branch","seq");--> statement-breakpoint
CREATE INDEX "job_requests_commit" ON "job_requests" USING btree ("repository_id","commit");--> statement-breakpoint
CREATE INDEX "job_requests_open" ON "job_requests" USING btree ("repository_id") WHERE "job_requests"."completed_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_one_active" ON "jobs" USING btree ("backend","workspace","action") WHERE "jobs"."state" in ('pending', 'running');--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_latest" ON "jobs" USING btree ("backend","workspace","action") WHERE "jobs"."latest";--> statement-breakpoint
CREATE INDEX "jobs_history" ON "jobs" USING btree ("backend","workspace","action","seq");--> statement-breakpoint
CREATE INDEX "jobs_ready" ON "jobs" USING btree ("backend","pool","workspace","seq") WHERE "jobs"."state" = 'pending' and "jobs"."unmet" = 0;--> statement-breakpoint
CREATE INDEX "jobs_running" ON "jobs" USING btree ("backend") WHERE "jobs"."state" = 'running';--> statement-breakpoint
CREATE INDEX "jobs_request" ON "jobs" USING btree ("request","seq");--> statement-breakpoint
CREATE INDEX "jobs_request_open" ON "jobs" USING btree ("request") WHERE "jobs"."state" in ('pending', 'running');--> statement-breakpoint
CREATE UNIQUE INDEX "tasks_one_run" ON "tasks" USING btree ("job") WHERE "tasks"."type" = 'run' and "tasks"."state" = 'active';--> statement-breakpoint
CREATE INDEX "tasks_active" ON "tasks" USING btree ("backend","agent","seq") WHERE "tasks"."state" = 'active';--> statement-breakpoint
CREATE INDEX "tasks_job" ON "tasks" USING btree ("job");--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_leaves_seq" ON "ledger_leaves" USING btree ("seq");--> statement-breakpoint
CREATE INDEX "ledger_leaves_unnumbered" ON "ledger_leaves" USING btree ("id") WHERE "ledger_leaves"."seq" is null;--> statement-breakpoint
CREATE INDEX "ledger_leaves_subject" ON "ledger_leaves" USING btree ("subject");--> statement-breakpoint
CREATE INDEX "used_tokens_expiry" ON "used_tokens" USING btree ("expires_at");