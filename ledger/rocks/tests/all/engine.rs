//! What the ledger relies on in RocksDB itself.

use rocksdb::{DB, WriteBatch, WriteOptions};

#[test]
fn a_synced_write_batch_is_there_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    {
        let db = DB::open_default(dir.path()).unwrap();
        let mut batch = WriteBatch::default();
        batch.put(b"head", b"1");
        batch.put(b"entry", b"bytes");
        let mut synced = WriteOptions::default();
        synced.set_sync(true);
        db.write_opt(batch, &synced).unwrap();
    }
    let db = DB::open_default(dir.path()).unwrap();
    assert_eq!(db.get(b"head").unwrap().unwrap(), b"1");
    assert_eq!(db.get(b"entry").unwrap().unwrap(), b"bytes");
}
