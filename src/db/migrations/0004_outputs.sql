CREATE TABLE "airlock_orders" (
	"id" text PRIMARY KEY NOT NULL,
	"backend" text NOT NULL,
	"airlock" text NOT NULL,
	"seq" bigint NOT NULL,
	"actor" bigint NOT NULL,
	"request" text NOT NULL,
	"deed" jsonb NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"code" text,
	"created_at" bigint NOT NULL,
	"handed_at" bigint,
	"answered_at" bigint,
	CONSTRAINT "airlock_orders_seq" UNIQUE("backend","airlock","seq"),
	CONSTRAINT "airlock_orders_state" CHECK ("airlock_orders"."state" in ('waiting', 'done', 'refused', 'expired')),
	CONSTRAINT "airlock_orders_code" CHECK (("airlock_orders"."code" is not null) = ("airlock_orders"."state" in ('refused', 'expired'))),
	CONSTRAINT "airlock_orders_answered" CHECK (("airlock_orders"."answered_at" is null) = ("airlock_orders"."state" = 'waiting'))
);
--> statement-breakpoint
CREATE TABLE "airlocks" (
	"backend" text NOT NULL,
	"id" text NOT NULL,
	"last_seen_at" bigint,
	"version" text,
	"governance" text,
	"order_seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "airlocks_backend_id_pk" PRIMARY KEY("backend","id")
);
--> statement-breakpoint
CREATE TABLE "new_browsers" (
	"id" text PRIMARY KEY NOT NULL,
	"backend" text NOT NULL,
	"airlock" text NOT NULL,
	"person" bigint NOT NULL,
	"at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "release_downloads" (
	"release" text NOT NULL,
	"number" integer NOT NULL,
	"person" bigint NOT NULL,
	"count" integer DEFAULT 1 NOT NULL,
	"first_at" bigint NOT NULL,
	"last_at" bigint NOT NULL,
	CONSTRAINT "release_downloads_release_number_person_pk" PRIMARY KEY("release","number","person")
);
--> statement-breakpoint
CREATE TABLE "released_blobs" (
	"release" text NOT NULL,
	"number" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "released_blobs_release_number_pk" PRIMARY KEY("release","number")
);
--> statement-breakpoint
CREATE TABLE "released_files" (
	"release" text NOT NULL,
	"number" integer NOT NULL,
	"path" text NOT NULL,
	"size" integer NOT NULL,
	"sha256" text NOT NULL,
	"approvals" jsonb NOT NULL,
	"held_at" bigint,
	"recalled_at" bigint,
	"recall_category" text,
	CONSTRAINT "released_files_release_number_pk" PRIMARY KEY("release","number"),
	CONSTRAINT "released_files_path" UNIQUE("release","path")
);
--> statement-breakpoint
CREATE TABLE "releases" (
	"id" text PRIMARY KEY NOT NULL,
	"request" text NOT NULL,
	"batch" integer NOT NULL,
	"backend" text NOT NULL,
	"airlock" text NOT NULL,
	"workspace" text NOT NULL,
	"project" text NOT NULL,
	"repository_id" bigint NOT NULL,
	"author" bigint NOT NULL,
	"statements" jsonb NOT NULL,
	"declared_at" bigint NOT NULL,
	"released_at" bigint,
	CONSTRAINT "releases_batch" UNIQUE("request","batch")
);
--> statement-breakpoint
CREATE TABLE "shown_requests" (
	"id" text PRIMARY KEY NOT NULL,
	"backend" text NOT NULL,
	"airlock" text NOT NULL,
	"version" bigint NOT NULL,
	"workspace" text NOT NULL,
	"project" text NOT NULL,
	"repository_id" bigint NOT NULL,
	"state" text NOT NULL,
	"created_at" bigint NOT NULL,
	"shown" jsonb NOT NULL,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "shown_steps" (
	"request" text NOT NULL,
	"seq" bigint NOT NULL,
	"at" bigint NOT NULL,
	"what" text NOT NULL,
	"by" bigint,
	"state" text NOT NULL,
	"category" text,
	"batch" integer,
	"file" integer,
	CONSTRAINT "shown_steps_request_seq_pk" PRIMARY KEY("request","seq")
);
--> statement-breakpoint
CREATE TABLE "sign_in_failures" (
	"person" bigint NOT NULL,
	"at" bigint NOT NULL,
	"kind" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "viewer_sign_ins" (
	"backend" text NOT NULL,
	"airlock" text NOT NULL,
	"session" text NOT NULL,
	"number" text NOT NULL,
	"started_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"person" bigint,
	"salt" text,
	"code_hash" text,
	"code_expires_at" bigint,
	"attempts" integer DEFAULT 0 NOT NULL,
	"redeemed_at" bigint,
	CONSTRAINT "viewer_sign_ins_backend_airlock_session_pk" PRIMARY KEY("backend","airlock","session"),
	CONSTRAINT "viewer_sign_ins_number_form" CHECK ("viewer_sign_ins"."number" ~ '^[0-9]{6}$')
);
--> statement-breakpoint
ALTER TABLE "released_blobs" ADD CONSTRAINT "released_blobs_release_number_released_files_release_number_fk" FOREIGN KEY ("release","number") REFERENCES "public"."released_files"("release","number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "released_files" ADD CONSTRAINT "released_files_release_releases_id_fk" FOREIGN KEY ("release") REFERENCES "public"."releases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "releases" ADD CONSTRAINT "releases_request_shown_requests_id_fk" FOREIGN KEY ("request") REFERENCES "public"."shown_requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shown_steps" ADD CONSTRAINT "shown_steps_request_shown_requests_id_fk" FOREIGN KEY ("request") REFERENCES "public"."shown_requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "airlock_orders_waiting" ON "airlock_orders" USING btree ("backend","airlock","seq") WHERE "airlock_orders"."state" = 'waiting';--> statement-breakpoint
CREATE INDEX "airlock_orders_request" ON "airlock_orders" USING btree ("request");--> statement-breakpoint
CREATE INDEX "releases_project" ON "releases" USING btree ("project","released_at");--> statement-breakpoint
CREATE INDEX "releases_repository" ON "releases" USING btree ("repository_id","released_at");--> statement-breakpoint
CREATE INDEX "shown_requests_repository" ON "shown_requests" USING btree ("repository_id","created_at");--> statement-breakpoint
CREATE INDEX "shown_requests_project" ON "shown_requests" USING btree ("project","created_at");--> statement-breakpoint
CREATE INDEX "shown_requests_workspace" ON "shown_requests" USING btree ("workspace","created_at");--> statement-breakpoint
CREATE INDEX "shown_requests_state" ON "shown_requests" USING btree ("state");--> statement-breakpoint
CREATE INDEX "sign_in_failures_person" ON "sign_in_failures" USING btree ("person","at");--> statement-breakpoint
CREATE INDEX "viewer_sign_ins_number" ON "viewer_sign_ins" USING btree ("number","expires_at");--> statement-breakpoint
CREATE INDEX "viewer_sign_ins_person" ON "viewer_sign_ins" USING btree ("person");