@{
    Synopsis    = 'Lists the copies of databases that restores and undos have replaced and kept, oldest first.'
    Description = @('Each copy is what a restore or an undo replaced: a file beside a SQLite database; on a PostgreSQL server a database closed to connections, or schemas, under a name that begins with postry_prev_; of runtime files a folder in the backup root, for they hold secrets. Runtime files that were replaced together with a database count with its copy. InspectCommand of a copy is the command for a shell that opens it for a look before an undo, by sqlite3 or psql, read-only. They take space, which a restore counts before it starts; Remove-PostryPreviousCopy takes old ones away.')
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Model.PreviousCopy'
    Parameters  = @{
        Path        = 'Only copies of this SQLite database, or of the runtime files of this repo root, taken exactly as written.'
        DatabaseUrl = 'Only copies of the PostgreSQL database at this address; no connection is made. The forms are those of Backup-PostryDatabase.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryPreviousCopy'; Text = 'Lists every copy with its size.' }
        @{ Code = 'Get-PostryPreviousCopy ./app.db | Measure-Object SizeBytes -Sum'; Text = 'Adds up what the copies of one database take.' }
    )
}
