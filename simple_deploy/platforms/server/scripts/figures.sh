# count_answers: of the lines of an access log that the journal shows, with seconds since 1970 before each, a line for each
# minute in which something was answered: when it began, answers, failed ones, timed ones, seconds that these took
# together, seconds of the slowest.
count_answers() {
    awk '
        match($0, /HTTP\/[0-9.]+" [1-5][0-9][0-9]( |$)/) {
            split(substr($0, RSTART, RLENGTH), answer, " ")
            minute = int($1 / 60) * 60
            answers[minute]++
            if (answer[2] >= 500) failed[minute]++
            if ($NF ~ /^[0-9]+\.[0-9]+$/) {
                timed[minute]++
                seconds[minute] += $NF
                if ($NF > longest[minute] + 0) longest[minute] = $NF + 0
            }
        }
        END {
            for (minute in answers)
                printf "figures=%d %d %d %d %.3f %.3f\n", minute, answers[minute], failed[minute], timed[minute],
                    seconds[minute], longest[minute]
        }'
}
