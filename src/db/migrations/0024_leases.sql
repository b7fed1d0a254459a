ALTER TABLE "inbox" ADD COLUMN "lease" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "lease" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "shown_at" bigint DEFAULT 0;--> statement-breakpoint
ALTER TABLE "agents" ADD COLUMN "lease_until" bigint;--> statement-breakpoint
ALTER TABLE "agents" ADD COLUMN "draining" boolean DEFAULT false NOT NULL;