@{
    Synopsis    = 'Lists the copies of databases that restores and undos have replaced and kept, oldest first.'
    Description = @(
        'A previous copy is the data that a restore or an undo replaced. For SQLite it is a file beside the database. For PostgreSQL it is a database closed to connections, or schemas, with a name that begins with postry_prev_. For runtime files it is a folder in the backup root, because they hold secrets.'
        'Runtime files that were replaced together with a database are one copy with it.'
        'InspectCommand of a copy is a command for the shell. It opens the copy read-only, with sqlite3 or psql, so that you can look at the data before an undo.'
        'The copies take space, and the plan of a restore shows how much. Remove-PostryPreviousCopy removes old copies.'
    )
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
