"""How real is a simulated video? The same measuring on real and simulated clips, side by side.

From a Python session, with ``benchmarks`` on the path::

    from realism.measures import measure_clip

    measures = measure_clip(Path("simulated.mp4"))
    print(measures.summary())
"""
