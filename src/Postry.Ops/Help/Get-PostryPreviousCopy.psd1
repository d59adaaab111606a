@{
    Synopsis    = 'Lists the copies of databases that restores and undos have replaced and kept, oldest first.'
    Description = @('A copy is a database that a restore or an undo replaced: a file beside a SQLite database; on a PostgreSQL server a database closed to connections, or schemas, under a name that begins with postry_prev_; for runtime files a folder in the backup root, because they hold secrets. Runtime files that were replaced together with a database count with its copy. InspectCommand of a copy is the command for a shell that opens it for a look before an undo, by sqlite3 or psql, read-only. The copies take space, which a restore shows before it starts; Remove-PostryPreviousCopy removes old ones.')
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Model.PreviousCopy'
    Parameters  = @{
        Path        = 'Selects only copies of this SQLite database, or of the runtime files of this repo root, taken exactly as written.'
        DatabaseUrl = 'Lists only copies of the PostgreSQL database at this address; no connection is made. The forms are those of Backup-PostryDatabase.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryPreviousCopy'; Text = 'Lists every copy with its size.' }
        @{ Code = 'Get-PostryPreviousCopy ./app.db | Measure-Object SizeBytes -Sum'; Text = 'Adds up the space of the copies of one database.' }
    )
    Related     = 'Remove-PostryPreviousCopy', 'Undo-PostryRestore', 'Get-PostryRestore', 'about_Postry.Ops'
}
