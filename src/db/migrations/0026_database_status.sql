DROP INDEX "backend_maintenance_open";--> statement-breakpoint
ALTER TABLE "agents" ADD COLUMN "database" text;--> statement-breakpoint
ALTER TABLE "agents" ADD COLUMN "database_since" bigint;--> statement-breakpoint
ALTER TABLE "agents" ADD COLUMN "database_maintained" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "backend_maintenance" ADD COLUMN "said_by" text DEFAULT 'operator' NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "backend_maintenance_open" ON "backend_maintenance" USING btree ("backend","said_by") WHERE "backend_maintenance"."ended" is null;--> statement-breakpoint
ALTER TABLE "agents" ADD CONSTRAINT "agents_database" CHECK ("agents"."database" in ('available', 'maintenance', 'unreachable', 'not-asked'));--> statement-breakpoint
ALTER TABLE "backend_maintenance" ADD CONSTRAINT "backend_maintenance_said_by" CHECK ("backend_maintenance"."said_by" in ('operator', 'database'));