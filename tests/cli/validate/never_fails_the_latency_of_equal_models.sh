. "$here/models.lib"
for i in 1 2 3
do
	judge "$digits" 'latency: {p50_ratio: {max: 1.02}}' || test $? = 9
done
