ALTER TABLE "shown_requests" ADD COLUMN "epoch" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "shown_steps" ADD COLUMN "epoch" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "shown_steps" DROP CONSTRAINT "shown_steps_request_seq_pk";--> statement-breakpoint
ALTER TABLE "shown_steps" ADD CONSTRAINT "shown_steps_request_epoch_seq_pk" PRIMARY KEY("request","epoch","seq");
