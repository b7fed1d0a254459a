CREATE FUNCTION airlock_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
--> statement-breakpoint
CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
--> statement-breakpoint
CREATE TRIGGER log_append_only BEFORE UPDATE OR DELETE ON log FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
--> statement-breakpoint
CREATE TRIGGER log_chain_append_only BEFORE UPDATE OR DELETE ON log_chain FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
--> statement-breakpoint
CREATE TRIGGER reviews_append_only BEFORE UPDATE OR DELETE ON reviews FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
--> statement-breakpoint
CREATE TRIGGER orders_append_only BEFORE UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
--> statement-breakpoint
CREATE TRIGGER handed_out_append_only BEFORE UPDATE OR DELETE ON handed_out FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
--> statement-breakpoint
CREATE TRIGGER origins_append_only BEFORE UPDATE OR DELETE ON origins FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
--> statement-breakpoint
CREATE TRIGGER comment_texts_append_only BEFORE UPDATE OR DELETE ON comment_texts FOR EACH ROW EXECUTE FUNCTION airlock_append_only();
