for c in $(mlopt help | sed -n "s/^  \([a-z][a-z-]*\) .*/\1/p"); do
	mlopt help $c | awk -v c=$c "length > 80 { print c \": \" \$0 }"
done
