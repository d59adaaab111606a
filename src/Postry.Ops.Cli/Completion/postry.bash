# Completion of postry for bash. In ~/.bashrc:  eval "$(postry completion bash)"
_postry() {
    local line=${COMP_LINE:0:COMP_POINT} raw=${COMP_WORDS[COMP_CWORD]} tail before typed value shown breaks=
    # A password must not become an argument of a process, where other users can read it.
    case $line in *://*:*@* | *[Pp][Aa][Ss][Ss][Ww][Oo][Rr][Dd]*) return ;; esac

    tail=${line##*[[:space:]]}
    # A quoted word may hold spaces.
    ((${#raw} > ${#tail})) && [[ $line == *"$raw" ]] && tail=$raw
    before="postry ${line#*[[:space:]]}"
    before=${before%"$tail"}
    if [[ $tail == --*=* ]]; then
        before+="${tail%%=*} "
        tail=${tail#*=}
    fi
    typed=${tail//\\/}
    typed=${typed#[\"\']}
    # Of many ids or labels postry shows the newest that begin so. Verbs and options are few, and addresses may hold a password.
    line=$before
    [[ $before == postry\ ?* && $typed == [A-Za-z0-9]* && $typed != *[!A-Za-z0-9._+-]* ]] && line+=$typed

    # Readline takes what stands before a colon or an equals sign for words of their own.
    [[ $COMP_WORDBREAKS == *:* ]] && breaks+=:
    [[ $COMP_WORDBREAKS == *=* ]] && breaks+==

    # Labels and names come from the backup root: none of them is evaluated, and each is quoted.
    while IFS= read -r value; do
        [[ -n $value && $value == "$typed"* ]] || continue
        if [[ $tail == [\"\']* ]]; then
            [[ $value == *[!A-Za-z0-9\ ._:/@+-]* ]] && continue
            shown=$value
        else
            printf -v shown %q "$value"
        fi
        [[ -n $breaks ]] && shown=${shown#"${tail%"${tail##*[$breaks]}"}"}
        COMPREPLY+=("$shown")
    done < <("${1/#\~\//$HOME/}" "[suggest:${#line}]" "$line" 2>/dev/null)
}
complete -o nosort -o default -F _postry postry 2>/dev/null || complete -o default -F _postry postry
