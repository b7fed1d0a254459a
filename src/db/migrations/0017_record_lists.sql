CREATE INDEX "job_requests_workspace" ON "job_requests" USING btree ("workspace","seq");--> statement-breakpoint
CREATE INDEX "releases_newest" ON "releases" USING btree ("released_at");--> statement-breakpoint
CREATE INDEX "publications_newest" ON "publications" USING btree ("requested_at");--> statement-breakpoint
CREATE INDEX "ledger_leaves_rights" ON "ledger_leaves" USING btree ("id") WHERE "ledger_leaves"."type" in ('membership', 'grant');