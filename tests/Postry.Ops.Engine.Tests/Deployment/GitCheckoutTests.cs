using Postry.Ops.Engine.Deployment;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Deployment;

/// <summary>The commit that is read from git's files is the one that the program git names.</summary>
public sealed class GitCheckoutTests : IDisposable
{
    private readonly Workspace _work = new();

    public void Dispose() => _work.Dispose();

    [RequiresFact("git")]
    public void Every_state_of_a_repository_is_read_as_git_reads_it()
    {
        foreach (var format in new[] { "sha1", "sha256" })
        {
            var repository = new GitRepository(_work[format], format);
            Assert.Null(GitCheckout.Of(repository.Folder)!.Commit);
            repository.Commit();
            AssertAsGitSays(repository.Folder, "main");
            repository.Git("tag", "v1");
            repository.Git("tag", "-a", "-m", "the first", "release/1.0");
            repository.Git("tag", "-a", "-m", "a tag of a tag", "nested", "release/1.0");
            AssertAsGitSays(repository.Folder, "main", tags: 3);
            repository.Git("checkout", "-q", "-b", "feature/größe");
            repository.Commit();
            repository.Git("tag", "v2");
            AssertAsGitSays(repository.Folder, "feature/größe", tags: 1);

            // Everything goes into one file each: names into packed-refs, objects into a pack.
            repository.Git("pack-refs", "--all");
            Assert.False(File.Exists(Path.Combine(repository.Folder, ".git", "refs", "heads", "main")));
            AssertAsGitSays(repository.Folder, "feature/größe", tags: 1);
            repository.Git("gc", "-q");
            repository.Git("checkout", "-q", "main");
            AssertAsGitSays(repository.Folder, "main", tags: 3);
            // A name that was packed and has moved since counts where it stands alone.
            repository.Commit();
            repository.Git("tag", "-f", "v1");
            AssertAsGitSays(repository.Folder, "main", tags: 1);
            repository.Git("checkout", "-q", "--detach", "v2");
            AssertAsGitSays(repository.Folder, null, tags: 1);
        }
    }

    [RequiresFact("git")]
    public void Annotated_tags_are_found_in_loose_files_and_in_packs()
    {
        var repository = new GitRepository(_work["app"]);
        for (var i = 0; i < 30; i++)
        {
            repository.Commit();
            repository.Git("tag", "-a", "-m", $"release {i}", $"v{i}");
        }

        AssertAsGitSays(repository.Folder, "main", tags: 1);
        // The objects are packed, and the names stay loose, as a large fetch leaves them.
        repository.Git("repack", "-q", "-a", "-d", "--depth=0");
        Assert.True(File.Exists(Path.Combine(repository.Folder, ".git", "refs", "tags", "v29")));
        for (var i = 29; i >= 0; i -= 7)
        {
            repository.Git("checkout", "-q", $"v{i}");
            AssertAsGitSays(repository.Folder, null, tags: 1);
        }
    }

    [RequiresFact("git")]
    public void Worktrees_submodules_clones_and_folders_below_are_read()
    {
        var library = new GitRepository(_work["library"]);
        library.Commit();
        var repository = new GitRepository(_work["app"]);
        repository.Commit();
        repository.Git("tag", "v1");
        repository.Git("worktree", "add", "-q", "-b", "hotfix", _work["hotfix"]);
        GitRepository.GitIn(_work["hotfix"], "commit", "-q", "--allow-empty", "-m", "fix");
        GitRepository.GitIn(_work["hotfix"], "tag", "v1.1");
        AssertAsGitSays(_work["hotfix"], "hotfix", tags: 1);
        AssertAsGitSays(repository.Folder, "main", tags: 1);
        repository.Git("pack-refs", "--all");
        AssertAsGitSays(_work["hotfix"], "hotfix", tags: 1);

        repository.Git("-c", "protocol.file.allow=always", "submodule", "add", "-q", library.Folder, "lib");
        repository.Commit();
        AssertAsGitSays(Path.Combine(repository.Folder, "lib"), "main");

        GitRepository.GitIn(_work.Folder, "clone", "-q", repository.Folder, _work["clone"]);
        AssertAsGitSays(_work["clone"], "main");
        var below = Directory.CreateDirectory(_work["clone/backend/db"]).FullName;
        AssertAsGitSays(below, "main");
        // A link leads to where git looks.
        File.CreateSymbolicLink(_work["current"], below);
        AssertAsGitSays(_work["current"], "main");
    }

    [RequiresFact("git")]
    public void A_folder_without_git_has_no_commit()
    {
        Directory.CreateDirectory(_work["plain/.git"]);
        Assert.Null(GitCheckout.Of(_work["plain"]));
    }

    [RequiresFact("git")]
    public void A_backup_is_made_whatever_lies_in_the_folder_of_git()
    {
        var broken = new (string What, Action<string> Break)[]
        {
            ("an empty HEAD", git => File.WriteAllText(Path.Combine(git, "HEAD"), "")),
            ("a HEAD that leads out", git => File.WriteAllText(Path.Combine(git, "HEAD"), "ref: refs/../../../../../etc/passwd\n")),
            ("a HEAD of any bytes", git => File.WriteAllBytes(Path.Combine(git, "HEAD"), [0xFF, 0, 1, 2, 0x1B])),
            ("a HEAD that is a folder", git =>
            {
                File.Delete(Path.Combine(git, "HEAD"));
                Directory.CreateDirectory(Path.Combine(git, "HEAD"));
            }),
            ("a pipe", git =>
            {
                File.Delete(Path.Combine(git, "HEAD"));
                Commands.Run("mkfifo", [Path.Combine(git, "HEAD")]);
            }),
            ("a branch that names itself", git => File.WriteAllText(Path.Combine(git, "refs", "heads", "main"), "ref: refs/heads/main\n")),
            ("a branch of letters", git => File.WriteAllText(Path.Combine(git, "refs", "heads", "main"), "not a hash\n")),
            ("the format reftable", git => File.WriteAllText(Path.Combine(git, "HEAD"), "ref: refs/heads/.invalid\n")),
            ("a file instead of the folder", git =>
            {
                Directory.Delete(git, recursive: true);
                File.WriteAllText(git, "gitdir: /nowhere/at/all\n");
            }),
            ("a torn index", git =>
            {
                GitRepository.GitIn(Path.GetDirectoryName(git)!, "tag", "-a", "-m", "x", "v1");
                GitRepository.GitIn(Path.GetDirectoryName(git)!, "commit", "-q", "--allow-empty", "-m", "more");
                GitRepository.GitIn(Path.GetDirectoryName(git)!, "repack", "-q", "-a", "-d");
                var index = Directory.GetFiles(Path.Combine(git, "objects", "pack"), "*.idx")[0];
                File.SetUnixFileMode(index, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                File.WriteAllBytes(index, File.ReadAllBytes(index)[..40]);
            }),
        };
        Commands.Sqlite(_work["app.db"], "CREATE TABLE t(a)");
        foreach (var (what, destroy) in broken)
        {
            var repository = new GitRepository(_work["app"]);
            repository.Commit();
            destroy(Path.Combine(repository.Folder, ".git"));
            var settings = _work.Settings() with { RepoRoot = repository.Folder };
            _work.Reporter.Forget();
            var set = new OpsEngine(settings, [_work.Reporter]).BackUpAsync(
                new Engine.Model.BackupRequest { Source = new Engine.Model.SqliteAddress(_work["app.db"]) }).GetAwaiter().GetResult();
            Assert.True(set.Deployed is null, $"{what}: {set.Deployed}");
            Assert.True(_work.Reporter.VerboseMessages.Any(message =>
                message.Contains("The commit of git was not recorded", StringComparison.Ordinal)), what);
            Directory.Delete(repository.Folder, recursive: true);
        }
    }

    private static void AssertAsGitSays(string folder, string? branch, int tags = 0)
    {
        var read = GitCheckout.Of(folder)!;
        Assert.Equal(GitRepository.GitIn(folder, "rev-parse", "HEAD"), read.Commit);
        Assert.Equal(branch, read.Branch);
        Assert.Equal(branch ?? "HEAD", GitRepository.GitIn(folder, "rev-parse", "--abbrev-ref", "HEAD"));
        Assert.Equal(GitRepository.TagsIn(folder), read.Tags);
        Assert.Equal(tags, read.Tags.Count);
    }
}
