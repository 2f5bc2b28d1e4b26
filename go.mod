module example.org/nslab

go 1.26.0
