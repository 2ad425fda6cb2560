def weakest(context, regions, means):
    for region, mean in zip(regions, means):
        print("{}: {:.2f}".format(region, mean))
    return {"weakest": min(zip(means, regions))[1]}
