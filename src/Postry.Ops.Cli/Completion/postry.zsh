#compdef postry
# Completion of postry for zsh. In ~/.zshrc, after compinit:  eval "$(postry completion zsh)"
_postry() {
    local before="postry ${(j: :)words[2,CURRENT-1]} "
    (( CURRENT == 2 )) && before="postry "
    # A password must not become an argument of a process, where other users can read it.
    [[ ${(L)before} == (*://*:*@*|*password*) ]] && return 1
    # Of many ids or labels postry shows the newest that begin so. Verbs and options are few, and addresses may hold a password.
    (( CURRENT > 2 )) && [[ $PREFIX == [A-Za-z0-9]* && $PREFIX != *[^A-Za-z0-9._+-]* ]] && before+=$PREFIX
    local -a found
    found=("${(@f)$("${words[1]/#\~\//$HOME/}" "[suggest:${#before}]" "$before" 2>/dev/null)}")
    found=(${found:#})
    (( $#found )) && compadd -a found || _files
}
if [[ ${funcstack[1]} == _postry ]]; then _postry "$@"; else compdef _postry postry; fi
